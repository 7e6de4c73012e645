package web

import (
	"io"
	"net/http"
)

func ok(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, text)
	}
}

func serveConfig(config func() (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := config()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/yaml; charset=utf-8")
		_, _ = io.WriteString(w, text)
	}
}

func serveReload(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !o.EnableLifecycle {
			http.Error(w, "Reloading over HTTP is off; it needs --web.enable-lifecycle.", http.StatusForbidden)
			return
		}
		if err := o.Reload(); err != nil {
			http.Error(w, "Reload failed, keeping the previous configuration: "+err.Error(), http.StatusInternalServerError)
			return
		}
		ok("The configuration was reloaded.\n")(w, nil)
	}
}
