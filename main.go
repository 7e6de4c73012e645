package main

import (
	_ "github.com/alecthomas/kingpin/v2"
	_ "github.com/fsnotify/fsnotify"
	_ "github.com/prometheus/exporter-toolkit/web/kingpinflag"
	_ "github.com/tjhop/slog-gokit"
	_ "go.etcd.io/bbolt"
	_ "go.uber.org/goleak"
	_ "go.yaml.in/yaml/v3"
	
)

func main() {}
