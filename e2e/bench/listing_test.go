package main

import "testing"

func TestMeasureListingCountsTheCalls(t *testing.T) {
	if got, want := measureListing(300), (Listings{Jobs: 300, Singly: 300, Listed: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
