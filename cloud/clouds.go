package cloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/strictyaml"
)

const (
	serviceClouds = "clouds.yaml" // in errors about the file; it is never called
	// cloudsKeyLifetime is how long an access key of clouds.yaml is used before
	// the file is read again.
	cloudsKeyLifetime = 5 * time.Minute
)

// cloudsLogin authenticates by an entry of clouds.yaml, which is read anew each
// time.
func (i *iam) cloudsLogin(p *config.Project) fetch {
	return func(ctx context.Context) (credential, time.Time, error) {
		a, err := readClouds(p)
		switch {
		case err != nil:
			return credential{}, time.Time{}, &Error{Reason: job.Auth, Service: serviceClouds, Err: err}
		case a.key.accessKey != "":
			return a.key, time.Now().Add(cloudsKeyLifetime), nil
		}
		return i.login(ctx, a.endpoint, &a.login)
	}
}

// readClouds reads the entry of clouds.yaml that a project names. Its error holds
// no secret.
func readClouds(p *config.Project) (a *cloudsAuth, err error) {
	panicked := strictyaml.Guard(func() error {
		var e *cloudsEntry
		if e, err = loadCloudsEntry(p.CloudName, p.Region); err == nil {
			a, err = e.authentication(p)
		}
		return nil
	})
	if panicked != nil {
		return nil, fmt.Errorf("entry %q cannot be read: %w", p.CloudName, panicked)
	}
	return a, err
}

// CheckClouds reads the entries of clouds.yaml that projects name. The error has a
// line for each that cannot be used. A file or an entry that is not there is a
// warning only: it may be mounted later.
func CheckClouds(c *config.Config) (warnings []strictyaml.Warning, err error) {
	var wrong []error
	for i := range c.Projects {
		p := &c.Projects[i]
		if p.CloudName == "" {
			continue
		}
		switch a, err := readClouds(p); {
		case errors.Is(err, errNoCloudsEntry):
			warnings = append(warnings, c.ProjectWarning(i, "cloud_name", err.Error()))
		case err != nil:
			wrong = append(wrong, c.CloudNameError(p.Name, err))
		default:
			for _, clause := range a.warnings {
				warnings = append(warnings, c.ProjectWarning(i, "cloud_name", fmt.Sprintf("entry %q of clouds.yaml: %s", p.CloudName, clause)))
			}
		}
	}
	return warnings, errors.Join(wrong...)
}
