package disk

import "strings"

// Sub returns the part of fsys under dir, as a tree of its own: how services
// of one host get directories that do not meet. Names of files that it opens,
// and errors, show the full name.
func Sub(fsys FS, dir string) FS { return sub{fsys, dir + "/"} }

type sub struct {
	fsys   FS
	prefix string
}

func (s sub) Create(name string) (File, error) {
	if err := checkName("create", name); err != nil {
		return nil, err
	}
	return s.fsys.Create(s.prefix + name)
}

func (s sub) Open(name string) (File, error) {
	if err := checkName("open", name); err != nil {
		return nil, err
	}
	return s.fsys.Open(s.prefix + name)
}

func (s sub) Remove(name string) error {
	if err := checkName("remove", name); err != nil {
		return err
	}
	return s.fsys.Remove(s.prefix + name)
}

func (s sub) Rename(from, to string) error {
	if err := checkName("rename", from); err != nil {
		return err
	}
	if err := checkName("rename", to); err != nil {
		return err
	}
	return s.fsys.Rename(s.prefix+from, s.prefix+to)
}

func (s sub) SyncDir(dir string) error {
	return s.fsys.SyncDir(strings.TrimSuffix(s.prefix+strings.TrimPrefix(dir, "."), "/"))
}

func (s sub) List(prefix string) ([]string, error) {
	names, err := s.fsys.List(s.prefix + prefix)
	for i := range names {
		names[i] = names[i][len(s.prefix):]
	}
	return names, err
}
