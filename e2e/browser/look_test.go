//go:build e2e

package browser

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"cloudjob_exporter/e2e/process"
)

var update = flag.Bool("update", false, "write the pictures of docs/images")

// faint gives the texts that are hard to read: those whose contrast to the
// ground below them is less than 4.5, as WCAG 2.1 counts it (level AA).
const faint = `(() => {
	const numbers = color => color.match(/[\d.]+/g).map(Number);
	const light = color => {
		const [r, g, b] = numbers(color).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const ground = e => {
		for (; e; e = e.parentElement) {
			const color = getComputedStyle(e).backgroundColor;
			if (numbers(color)[3] !== 0) return color;
		}
		return "rgb(255, 255, 255)";
	};
	const found = [];
	for (const e of document.querySelectorAll("body, body *")) {
		if (![...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())) continue;
		const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) found.push(e.innerText + ": " + contrast.toFixed(2));
	}
	return found;
})()`

func TestLightAndDarkAreReadable(t *testing.T) {
	e := watch(t, everyStatus(), "lost")
	grounds := map[string]string{}
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			b := open(t, e.URL+"/jobs", preferring(scheme))
			if statuses := b.column(1); len(statuses) != 7 {
				t.Errorf("only these statuses are there: %q", statuses)
			}
			for _, text := range evaluate[[]string](b, faint) {
				t.Errorf("too faint: %s", text)
			}
			grounds[scheme] = evaluate[string](b, "getComputedStyle(document.body).backgroundColor")
		})
	}
	if grounds["light"] == grounds["dark"] {
		t.Errorf("both are %s", grounds["light"])
	}
}

func TestAPhone(t *testing.T) {
	b := open(t, watch(t, everyStatus(), "lost").URL+"/jobs", phone())
	b.fits()
	b.click("thead th:nth-child(2) a")
	if ids := b.column(2); len(ids) != 7 || ids[0] != "job-0-init" {
		t.Errorf("sorted on a phone: %q", ids)
	}
	b.fits()
}

// fits fails the test if the page is wider than the screen.
func (b *tab) fits() {
	b.t.Helper()
	wide, screen := evaluate[int](b, "document.documentElement.scrollWidth"), evaluate[int](b, "innerWidth")
	if wide > screen {
		b.t.Errorf("the page is %d wide on a screen of %d", wide, screen)
	}
}

// TestThePicturesOfTheDemo makes what docs/images shows.
func TestThePicturesOfTheDemo(t *testing.T) {
	const limit = 300_000 // bytes
	e := launch(t, "--demo")
	process.Eventually(t, "the demo's jobs to be asked for", func() error {
		if _, err := e.Get("/metrics"); err != nil {
			return err
		}
		answer, err := e.Get("/api/v1/jobs?status=failed&status=success&status=running")
		if err == nil && len(answer) <= 6000 {
			err = fmt.Errorf("%d bytes of jobs", len(answer))
		}
		return err
	})
	for name, before := range map[string][]chromedp.Action{
		"light": {preferring("light"), chromedp.EmulateViewport(1280, 800)},
		"dark":  {preferring("dark"), chromedp.EmulateViewport(1280, 800)},
		"phone": {preferring("light"), phone()},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, e.URL+"/jobs", before...)
			b.fits()
			var picture []byte
			b.do(chromedp.CaptureScreenshot(&picture))
			path := "../../docs/images/jobs-" + name + ".png"
			if *update {
				if err := os.WriteFile(path, picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			shown, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			for what, size := range map[string]int64{"picture": int64(len(picture)), path: shown.Size()} {
				if size < 10_000 || size > limit {
					t.Errorf("the %s has %d bytes", what, size)
				}
			}
		})
	}
}
