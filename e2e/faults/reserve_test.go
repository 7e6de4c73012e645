package faults

import (
	"fmt"
	"net"
	"syscall"
	"testing"
)

// reserve keeps a loopback port for this test until its end, so that a proxy
// can stop listening there and later listen again. The socket that holds the
// port does not listen itself: without a proxy, connections are refused. While
// it is there, the kernel gives the port to nobody who asks for any port.
func reserve(t *testing.T) (address string) {
	t.Helper()
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(s) })
	// With this, on both sides, a socket may listen where another is only bound.
	if err := syscall.SetsockoptInt(s, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(s, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(s)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint("127.0.0.1:", bound.(*syscall.SockaddrInet4).Port)
}

func TestAReservedPortStaysOurs(t *testing.T) {
	address, dialer := reserve(t), net.Dialer{}
	for range 3 {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Close(), l.Close()
		if _, err := dialer.DialContext(t.Context(), "tcp", address); err == nil {
			t.Error("a connection is made where nobody listens")
		}
	}
	// As many as there are to give are far more than this test may take.
	for range 500 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		if l.Addr().String() == address {
			t.Fatal("the kernel gave the port to another socket")
		}
	}
}
