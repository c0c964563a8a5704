package render

// english is the language that most tests read.
var english = func() *language {
	l, err := in("en")
	if err != nil {
		panic(err)
	}
	return l
}()
