package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Answer is a response as a value.
type Answer struct {
	Status int // HTTP
	Header http.Header
	Body   []byte

	refused bool // the credential does not permit the call
}

// JSON is an answer with v as its body. It panics if v has no JSON.
func JSON(status int, v any) Answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("simulator: answer: %w", err))
	}
	return Answer{
		Status: status,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   body,
	}
}

// codeAndMessage is the error body of the gateway, CFW, ELB v3, and (in one of its shapes) IAM.
type codeAndMessage struct {
	Code      string `json:"error_code"`
	Message   string `json:"error_msg"`
	RequestID string `json:"request_id,omitempty"`
}

// gatewayError is an error of the API gateway in front of every service
// ("Error Codes", API Gateway).
func gatewayError(status int, code, message string) Answer {
	return JSON(status, codeAndMessage{Code: code, Message: message, RequestID: requestID})
}

// requestID is the same in every answer, so that answers can be compared.
const requestID = "5b6f2a3c9d7e4f10a8b1c2d3e4f50617"

// deliver writes an answer as it is.
func deliver(w http.ResponseWriter, a Answer) {
	for name, values := range a.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}
