// SPDX-License-Identifier: GPL-2.0

// actor.c in Go: its runtime enters the kernel without a C library.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

var held = -1

func say(result int64, err error) {
	if err != nil {
		fmt.Printf("%d\n", int(err.(syscall.Errno)))
	} else {
		fmt.Printf("0 %d\n", result)
	}
}

func sayText(n int, text []byte, err error) {
	if err != nil {
		fmt.Printf("%d\n", int(err.(syscall.Errno)))
	} else {
		fmt.Printf("0 %s\n", text[:n])
	}
}

func get(name string) {
	buf := make([]byte, 4096)
	fd, err := syscall.Open(name, syscall.O_RDONLY, 0)
	if err != nil {
		sayText(0, nil, err)
		return
	}
	n, err := syscall.Read(fd, buf)
	syscall.Close(fd)
	sayText(n, buf, err)
}

func put(name, text string) {
	flags := syscall.O_WRONLY | syscall.O_CREAT | syscall.O_TRUNC
	fd, err := syscall.Open(name, flags, 0644)
	if err != nil {
		say(0, err)
		return
	}
	n, err := syscall.Write(fd, []byte(text))
	syscall.Close(fd)
	say(int64(n), err)
}

func openHeld(name string, flags int) {
	if held >= 0 {
		syscall.Close(held)
	}
	var err error
	held, err = syscall.Open(name, flags, 0644)
	say(0, err)
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

func obeyHeld(verb, a, b string) bool {
	buf := make([]byte, 4096)
	switch verb {
	case "open":
		openHeld(a, int(number(b)))
	case "close":
		say(0, syscall.Close(held))
	case "read":
		n, err := syscall.Read(held, buf[:number(a)])
		sayText(n, buf, err)
	case "write":
		n, err := syscall.Write(held, []byte(a))
		say(int64(n), err)
	case "pread":
		n, err := syscall.Pread(held, buf[:number(a)], number(b))
		sayText(n, buf, err)
	case "pwrite":
		n, err := syscall.Pwrite(held, []byte(a), number(b))
		say(int64(n), err)
	case "seek":
		at, err := syscall.Seek(held, number(a), int(number(b)))
		say(at, err)
	case "size":
		var st syscall.Stat_t
		err := syscall.Fstat(held, &st)
		say(st.Size, err)
	case "truncate":
		say(0, syscall.Ftruncate(held, number(a)))
	default:
		return false
	}
	return true
}

func obey(verb, a, b string) {
	switch verb {
	case "get":
		get(a)
	case "put":
		put(a, b)
	case "unlink":
		say(0, syscall.Unlink(a))
	case "rename":
		say(0, syscall.Rename(a, b))
	case "mkdir":
		say(0, syscall.Mkdir(a, 0755))
	case "rmdir":
		say(0, syscall.Rmdir(a))
	default:
		fmt.Println("what?")
	}
}

func main() {
	if len(os.Args) < 2 || os.Chdir(os.Args[1]) != nil {
		os.Exit(2)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		word := append(strings.Fields(lines.Text()), "", "", "")
		if !obeyHeld(word[0], word[1], word[2]) {
			obey(word[0], word[1], word[2])
		}
	}
}
