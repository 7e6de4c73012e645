// Package browser shows the page of jobs of the real exporter to a real
// Chromium, which must be installed: its tests are built with the tag e2e only.
// It is a module of its own, so that who builds the exporter needs nothing of it.
package browser
