package sim

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// encode prepares a message for Config.Codec and Config.Digest.
func (w *World) encode(d *delivery) {
	if !w.config.Codec && !w.config.Digest {
		return
	}
	bytes, err := wire.Marshal(d.message)
	if err != nil {
		panic("sim: " + string(d.from) + " sends what cannot be encoded: " + err.Error())
	}
	d.sum = hashString(string(bytes))
	if w.config.Codec {
		d.encoded = bytes
	}
}

// decode returns the message to be delivered, and panics if its sender changed
// it on the way.
func (w *World) decode(d *delivery) node.Message {
	if w.config.Codec {
		m, err := wire.Unmarshal(d.encoded)
		if err != nil {
			panic("sim: message from " + string(d.from) + " cannot be decoded: " + err.Error())
		}
		return m
	}
	if w.config.Digest {
		if bytes, err := wire.Marshal(d.message); err != nil || hashString(string(bytes)) != d.sum {
			panic("sim: " + typeName(d.message) + " from " + string(d.from) + " to " +
				string(d.to) + " was changed after it was sent")
		}
	}
	return d.message
}
