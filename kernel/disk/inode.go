package disk

type inode struct{}
type change struct{}
type sector struct{}
