//go:build e2e

package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a test may keep the browser.
const patience = time.Minute

// chromium finds the browser.
func chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: apt-get install chromium, or set CHROMIUM", err)
	}
	return path
}

// tab is a page in a browser of its own. The test fails if the page asks for
// anything, complains, or breaks its policy.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// open starts a browser and shows a page in it.
func open(t *testing.T, url string, before ...chromedp.Action) *tab {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.WindowSize(1280, 900),
	)
	timeout, cancel := context.WithTimeout(t.Context(), patience)
	allocator, stop := chromedp.NewExecAllocator(timeout, options...) // with a profile of its own
	ctx, leave := chromedp.NewContext(allocator)
	b := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		leave()
		stop()
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.complaints {
			t.Error(c)
		}
	})
	chromedp.ListenTarget(ctx, b.hear)
	b.do(cdplog.Enable())
	b.do(before...)
	b.follow(chromedp.Navigate(url))
	return b
}

// hear takes note of what a good page never does.
func (b *tab) hear(event any) {
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		b.complain("a dialog opened: %s", e.Message)
		go func() { _ = chromedp.Run(b.ctx, page.HandleJavaScriptDialog(true)) }()
	case *runtime.EventConsoleAPICalled:
		b.complain("a script wrote to the console: %s", e.Type)
	case *runtime.EventExceptionThrown:
		b.complain("a script failed: %s", e.ExceptionDetails.Text)
	case *cdplog.EventEntryAdded: // also what breaks the Content-Security-Policy
		b.complain("the browser says (%s): %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
	}
}

func (b *tab) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// follow does what leads to another page, and waits for that.
func (b *tab) follow(actions ...chromedp.Action) {
	b.t.Helper()
	resp, err := chromedp.RunResponse(b.ctx, actions...)
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.Status != 200 {
		b.t.Fatalf("%s: %d", resp.URL, resp.Status)
	}
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.follow(chromedp.Click(selector, chromedp.ByQuery))
}

// text is that of an element, as it is shown.
func (b *tab) text(selector string) string {
	b.t.Helper()
	var text string
	b.do(chromedp.Text(selector, &text, chromedp.ByQuery))
	return text
}

// evaluate gives the value of an expression in the page.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	var value T
	b.do(chromedp.Evaluate(expression, &value))
	return value
}

// column is the text of a column's cells, counted from 1, from the top.
func (b *tab) column(n int) []string {
	b.t.Helper()
	return evaluate[[]string](b, fmt.Sprintf(`[...document.querySelectorAll("tbody tr > :nth-child(%d)")].map(c => c.firstElementChild.innerText)`, n))
}

// preferring is a browser whose user likes light or dark pages.
func preferring(scheme string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
}

// phone is a screen of 390 by 844 pixels.
func phone() chromedp.Action { return chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile) }
