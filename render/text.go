package render

import (
	"strings"
	"text/template"
	"unicode/utf8"
)

// textWidth is how many characters a line of the plain-text mail has where it can.
const textWidth = 72

// textFunctions is what the template of the plain-text mail calls.
var textFunctions = template.FuncMap{"underline": underline, "ends": ends, "wrap": wrap, "inBrackets": inBrackets, "joined": joined, "upper": strings.ToUpper}

// underline gives text with a line of the character mark beneath it.
func underline(mark, text string) string {
	return text + "\n" + strings.Repeat(mark, min(textWidth, utf8.RuneCountInString(text)))
}

// ends gives left and right at the two ends of a line. A left that leaves no room for right pushes it on a line of its own; nothing is cut.
func ends(left, right string) string {
	space := textWidth - utf8.RuneCountInString(left) - utf8.RuneCountInString(right)
	if space < 1 {
		return left + "\n" + strings.Repeat(" ", max(0, textWidth-utf8.RuneCountInString(right))) + right
	}
	return left + strings.Repeat(" ", space) + right
}

// wrap breaks text at spaces into lines that begin with indent. A word longer than a line stays whole.
func wrap(indent, text string) string {
	var b strings.Builder
	length := 0
	for word := range strings.FieldsSeq(text) {
		size := utf8.RuneCountInString(word)
		switch {
		case length == 0:
			b.WriteString(indent)
			length = len(indent)
		case length+1+size > textWidth:
			b.WriteString("\n" + indent)
			length = len(indent)
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += size
	}
	return b.String()
}
