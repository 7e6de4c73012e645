package simulator

import "net/http"

// object is JSON whose keys are data.
type object map[string]any

// problem is an error of a service. An empty code is omitted: the documents give none.
type problem struct {
	status        int
	code, message string
}

// errorKeys is the form of a service's error bodies.
type errorKeys struct {
	within        string // key of the object around the error; empty: none
	code, message string
	null          string // a key that is always null; empty: none
}

// The error bodies of the services.
var (
	flatError   = errorKeys{code: "error_code", message: "error_msg"} // most services
	dcsError    = errorKeys{code: "error_code", message: "error_msg", null: "error_ext_msg"}
	elbError    = errorKeys{code: "code", message: "message"}
	nestedError = errorKeys{within: "error", code: "code", message: "message"} // ECS and its kin
	turboError  = errorKeys{code: "errCode", message: "errMsg"}
	ddmError    = errorKeys{code: "errCode", message: "externalMessage"}
	cceError    = errorKeys{code: "errorCode", message: "errorMessage"}
)

func (k errorKeys) answer(p problem) Answer {
	body := object{k.message: p.message}
	if p.code != "" {
		body[k.code] = p.code
	}
	if k.null != "" {
		body[k.null] = nil
	}
	if k.within != "" {
		body = object{k.within: body}
	}
	return JSON(p.status, body)
}

// Problems that several services have in common.
var (
	dbsNotFound    = problem{http.StatusBadRequest, "DBS.200543", "The job does not exist."}
	dbsBadQuery    = problem{http.StatusBadRequest, "DBS.280001", "Parameter error."}
	badQuery       = problem{http.StatusBadRequest, "APIG.0201", "Bad request"} // for services that do not document a code of their own
	foreignProject = problem{http.StatusBadRequest, "Common.0018", "The project ID in the URL is not that of the token."}
)
