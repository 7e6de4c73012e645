package discovery

import "time"

// Some lists do not show jobs, but what jobs create, under the same ID. Whether the cloud
// knows a job of that ID, only the job API can tell.

// knownAfter is how long a job may be unknown to the API after its resource was created.
const knownAfter = 30 * time.Second

// doubt is that the cloud does not know a job for which a resource speaks.
type doubt struct {
	misses uint8 // polls that had found no job when it arose
	letGo  bool
}

// doubt takes the jobs out of a listing of resources that the cloud does not know: at two
// polls in a row, the last of them after knownAfter. They are not taken up again for as
// long as their resource is listed.
func (s *Set) doubt(f *find, l *listing, complete bool) {
	for id := range f.doubts {
		if _, shown := l.shown[id]; complete && !shown {
			delete(f.doubts, id)
		}
	}
	for id, a := range l.shown {
		d, doubted := f.doubts[id]
		if !d.letGo {
			state, ok := s.state(a.Key)
			switch {
			case !ok || !state.Missing || !state.LastSuccess.IsZero():
				delete(f.doubts, id)
				continue
			case time.Since(a.Report.Begin) < knownAfter:
				continue
			case !doubted:
				f.doubts[id] = doubt{misses: state.Misses}
				continue
			case state.Misses < 2 || state.Misses == d.misses:
				continue
			}
			f.doubts[id] = doubt{letGo: true}
		}
		l.forget(id)
	}
}
