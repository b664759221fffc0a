package sim

// Parse reads a plan.
func Parse(text string) (Plan, error) { panic("not yet") }
