package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
)

// A server's certificate in PEM, the authority that signed it, and the names or addresses under which a client reaches the server.
type server struct {
	Authority   string   `json:"authority"`
	Certificate string   `json:"certificate"`
	Names       []string `json:"names"`
}

// Whether Go trusts the certificate under each name: an empty text, or the reason against it.
func verifyNames(input io.Reader) ([]string, error) {
	var given server
	if err := json.NewDecoder(input).Decode(&given); err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	block, _ := pem.Decode([]byte(given.Certificate))
	if !roots.AppendCertsFromPEM([]byte(given.Authority)) || block == nil {
		return nil, fmt.Errorf("the authority or the certificate is no PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	reasons := make([]string, len(given.Names))
	for at, name := range given.Names {
		if _, err := certificate.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); err != nil {
			reasons[at] = err.Error()
		}
	}
	return reasons, nil
}
