package render

import (
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sheetElements is the order of a sheet's elements (ECMA-376 part 1 section 18.3.1.99), as far as a workbook of ours has them. Excel repairs sheets in another.
var sheetElements = []string{
	"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "autoFilter", "mergeCells", "conditionalFormatting", "pageMargins", "pageSetup",
	"headerFooter", "drawing", "tableParts",
}

func TestWorkbookIsInOrder(t *testing.T) {
	_, parts := partsOf(t, writeBook(t, bookReport(t, 7, nil), 20))
	tables := make(map[string]string)
	for name, part := range parts {
		switch {
		case strings.HasPrefix(name, "xl/worksheets/sheet"):
			checkSheet(t, name, part)
		case strings.HasPrefix(name, "xl/tables/"):
			var table struct {
				ID   string `xml:"id,attr"`
				Name string `xml:"displayName,attr"`
			}
			if err := xml.Unmarshal([]byte(part), &table); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{table.ID, strings.ToLower(table.Name)} {
				if tables[key] != "" {
					t.Errorf("%s and %s are both %s", name, tables[key], key)
				}
				tables[key] = name
			}
		case strings.HasSuffix(name, ".rels"):
			checkRelations(t, name, part, parts)
		}
		if content := parts["[Content_Types].xml"]; !strings.HasSuffix(name, ".rels") && name != "[Content_Types].xml" && !strings.Contains(content, `PartName="/`+name+`"`) {
			t.Errorf("%s has no content type", name)
		}
	}
	if len(tables) == 0 {
		t.Error("no tables")
	}
}

// checkSheet fails if a sheet's elements or columns are out of order, or a cell is not where the one before lets it be.
func checkSheet(t *testing.T, name, part string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(part))
	depth, place, column := 0, 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		switch e := token.(type) {
		case xml.StartElement:
			depth++
			if depth == 2 {
				at := slices.Index(sheetElements, e.Name.Local)
				if at < place {
					t.Errorf("%s: element %s after %s", name, e.Name.Local, sheetElements[place])
				}
				place = max(place, at)
			}
			if e.Name.Local == "col" {
				least, err := strconv.Atoi(e.Attr[0].Value)
				if err != nil || e.Attr[0].Name.Local != "min" || least <= column {
					t.Errorf("%s: column %v after %d", name, e.Attr, column)
				}
				column = least
			}
		case xml.EndElement:
			depth--
		}
	}
}

// checkRelations fails if a part refers to one that is not there.
func checkRelations(t *testing.T, name, part string, parts map[string]string) {
	t.Helper()
	var relations struct {
		Relationship []struct {
			Target string `xml:",attr"`
			Mode   string `xml:"TargetMode,attr"`
		}
	}
	if err := xml.Unmarshal([]byte(part), &relations); err != nil {
		t.Fatal(err)
	}
	for _, r := range relations.Relationship {
		target := strings.TrimPrefix(r.Target, "/")
		if !strings.HasPrefix(r.Target, "/") {
			target = path.Join(path.Dir(path.Dir(name)), r.Target)
		}
		if _, ok := parts[target]; !ok || r.Mode != "" {
			t.Errorf("%s refers to %q %s, which is not there", name, r.Target, r.Mode)
		}
	}
}
