package places

// Batch is the polls that one scrape queued.
type Batch struct {
	Left int
	Done chan struct{} // closed when none is left
}

// Join makes a scrape wait for the poll of a job, unless an earlier one does, which it
// waits for, too.
func (b *Batch) Join(e *Entry) {
	if e.Batch == nil {
		e.Batch = b
		b.Left++
	}
}
