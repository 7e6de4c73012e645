// Package e2e runs the real exporter with real counterparts: a Prometheus with
// the shipped rules, an Alertmanager with the shipped example, and a Keystone.
// They must be installed, so its tests are built with the tag e2e only.
package e2e
