package grafana

// gridWidth is how many columns Grafana's grid has.
const gridWidth = 24

// position is where a panel is, in columns and rows of the grid.
type position struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// layout puts the panels of each row below its title, from left to right, and
// begins a new line where the next panel would not fit. A line is as high as
// its highest panel. Panels are numbered as they come.
func layout(rows []Row) []object {
	panels := []object{}
	next := func() int { return len(panels) + 1 }
	y := 0
	for _, row := range rows {
		panels = append(panels, row.object(next(), position{Y: y, W: gridWidth, H: 1}))
		y++
		x, height := 0, 0
		for _, p := range row.Panels {
			if x+p.Width > gridWidth {
				x, y, height = 0, y+height, 0
			}
			panels = append(panels, p.object(next(), position{X: x, Y: y, W: p.Width, H: p.Height}))
			x += p.Width
			height = max(height, p.Height)
		}
		y += height
	}
	return panels
}

func (r Row) object(id int, at position) object {
	return object{
		"id":        id,
		"type":      "row",
		"title":     r.Title,
		"collapsed": false,
		"gridPos":   at,
		"panels":    []object{},
	}
}
