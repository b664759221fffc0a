package primarybackup

import "github.com/parleysystems/parley/node"

// advance decides on the next view if there is reason to.
func (s *ViewServer) advance() {
	v := s.now.View
	if v.Number == 0 {
		return
	}
	primary, backup := v.Primary, v.Backup
	if backup != "" && !s.alive(backup) {
		backup = ""
	}
	// I3: whoever was named backup may not have the state yet.
	//parley:rule primarybackup.view.primary-ack-gates-next-view value=true
	settled := s.now.Acked
	if settled && !s.alive(primary) {
		// I2: nobody else can have it. Without a backup all wait for the primary.
		//parley:rule primarybackup.view.promote-only-backup value=s.spare("")
		successor := backup
		if successor == "" {
			return
		}
		primary, backup = successor, ""
	}
	if backup == "" && (s.now.Acked || v.Backup != "") {
		backup = s.spare(primary)
	}
	if primary == v.Primary && backup == v.Backup {
		return
	}
	s.decide(s.successor(primary, backup))
}

// successor is the next view, with the next number.
func (s *ViewServer) successor(primary, backup node.Addr) View {
	v := s.now.View
	//parley:rule primarybackup.viewserver.authority value=v.Number
	number := v.Number + 1
	next := View{Number: number, Primary: primary, Backup: backup, Since: v.Since}
	if primary != v.Primary {
		next.Since = number
	}
	return next
}

func (s *ViewServer) alive(a node.Addr) bool { return !s.server(a).dead }

// spare returns a server that lives and has no role in the present view, or "".
func (s *ViewServer) spare(primary node.Addr) node.Addr {
	v := s.now.View
	for _, w := range s.servers {
		if !w.dead && w.addr != primary && w.addr != v.Primary && w.addr != v.Backup {
			return w.addr
		}
	}
	return ""
}
