//go:build race

package main

const raceDetector = true // the test was built with it
