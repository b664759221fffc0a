package live

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Authority is a certificate authority for one cluster: it says which key may
// speak for which host. Whoever has its key can be any host, so the key belongs
// on no host, but where the cluster is administered.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority of that name, valid from now for as long as
// lifetime.
func NewAuthority(name string, lifetime time.Duration) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("live: new authority: %w", err)
	}
	template := certificate(name, lifetime)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.MaxPathLenZero = true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("live: new authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return &Authority{cert, key}, err
}

// ParseAuthority reads what PEM wrote.
func ParseAuthority(certPEM, keyPEM []byte) (*Authority, error) {
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("live: parse authority: %w", err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, errors.New("live: parse authority: not an ECDSA certificate authority")
	}
	return &Authority{pair.Leaf, key}, nil
}

// PEM returns the authority's certificate, for all, and its key, for nobody.
func (a *Authority) PEM() (certPEM, keyPEM []byte, err error) {
	return encodePEM(a.cert.Raw, a.key)
}

// Issue makes a key and a certificate for a host. more are further DNS names
// and IP addresses that the certificate is to hold, such as those by which
// clients of other protocols know the host.
func (a *Authority) Issue(host string, lifetime time.Duration, more ...string) (certPEM, keyPEM []byte, err error) {
	if err := checkName("host", host); err != nil {
		return nil, nil, fmt.Errorf("live: issue: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("live: issue to %s: %w", host, err)
	}
	template := certificate(host, lifetime)
	template.DNSNames = []string{host}
	for _, name := range more {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, nil, fmt.Errorf("live: issue to %s: %w", host, err)
	}
	return encodePEM(der, key)
}

// Credentials issues to a host and keeps the result in memory.
func (a *Authority) Credentials(host string, lifetime time.Duration) (*Credentials, error) {
	certPEM, keyPEM, err := a.Issue(host, lifetime)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("live: issue to %s: %w", host, err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &Credentials{pair, pool}, nil
}

// clockSlack is how far the clocks of hosts may lag behind the one that issues.
const clockSlack = time.Hour

func certificate(name string, lifetime time.Duration) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(0).SetBytes([]byte(rand.Text())[:16]),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-clockSlack),
		NotAfter:     time.Now().Add(lifetime),
	}
}

func encodePEM(cert []byte, key *ecdsa.PrivateKey) (certPEM, keyPEM []byte, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("live: encode key: %w", err)
	}
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	return certPEM, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
