// Package tpcc makes the five transactions of TPC-C, and checks what they must keep.
//
//	TPC Benchmark C, Standard Specification, Revision 5.11, 2010: clauses 1.2 (tables),
//	2.4 to 2.8 (transactions), 3.3.2.1 to 3.3.2.4 (consistency), 4.3 (population)
//
//	NewOrder     45 of 100   reads a customer, takes items from stock, writes an order;
//	                         one in a hundred names an item that is not there, and gives up
//	Payment      43          adds to the year's takings of a warehouse and a district
//	OrderStatus   4          reads the last order of a customer
//	Delivery      4          takes the oldest new order of each district
//	StockLevel    4          counts items of recent orders that are running out
//
// # Consistency
//
//	C1  the takings of a warehouse are those of its districts
//	C2  a district's next order number is one above its last order, and its last new
//	    order if it has any
//	C3  the numbers of a district's new orders have no gaps
//	C4  a district's orders have as many lines as they say
//
// # Tables
//
// A row has the key of its table's letter followed by numbers of four bytes, big-endian, so
// that it sorts as the specification's primary key does. Two tables more are indexes: of
// customers by last name, of orders by customer.
//
// # Departures
//
// Options make the tables smaller than clause 4.3 wants, for tests; the letters of text
// columns are not random. There are no terminals, and nobody thinks: what is measured is
// transactions a second, not tpmC.
package tpcc
