package live

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Credentials prove who this host is, and tell which authority the others must
// have their proof from. Each host's certificate has the host's name as one of
// its DNS names (exactly: a wildcard proves nothing) and is valid for client
// and server authentication, since every host is both.
type Credentials struct {
	Certificate tls.Certificate
	Authority   *x509.CertPool
}

// LoadCredentials reads PEM files: the host's certificate (with intermediates,
// if any), its private key, and the certificates of the cluster's authority.
func LoadCredentials(certFile, keyFile, authorityFile string) (*Credentials, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("live: load certificate %s with key %s: %w", certFile, keyFile, err)
	}
	pem, err := os.ReadFile(authorityFile)
	if err != nil {
		return nil, fmt.Errorf("live: load authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("live: load authority %s: no PEM certificate in it", authorityFile)
	}
	return &Credentials{Certificate: cert, Authority: pool}, nil
}

// check refuses credentials by which no other host would know this one.
func (c *Credentials) check(name string) error {
	if c.Authority == nil {
		return errors.New("credentials: no authority")
	}
	if len(c.Certificate.Certificate) == 0 {
		return errors.New("credentials: no certificate")
	}
	leaf, err := x509.ParseCertificate(c.Certificate.Certificate[0])
	if err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	return names(leaf, name)
}

// names is the rule by which a certificate speaks for a host.
func names(leaf *x509.Certificate, host string) error {
	if !slices.Contains(leaf.DNSNames, host) {
		return fmt.Errorf("certificate names %q, not host %q", leaf.DNSNames, host)
	}
	return nil
}

func (c *Credentials) server() *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{c.Certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    c.Authority,
	}
}

// client returns the configuration for a connection to the host of that name,
// whatever address it is reached at.
func (c *Credentials) client(host string) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{c.Certificate},
		RootCAs:      c.Authority,
		ServerName:   host,
		VerifyConnection: func(s tls.ConnectionState) error {
			return names(s.PeerCertificates[0], host)
		},
	}
}
