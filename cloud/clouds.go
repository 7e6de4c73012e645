package cloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloudjob_exporter/cloud/clouds"
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
		a, err := clouds.Read(p)
		switch {
		case err != nil:
			return credential{}, time.Time{}, &Error{Reason: job.Auth, Service: serviceClouds, Err: err}
		case a.AccessKey != "":
			key := credential{accessKey: a.AccessKey, secretKey: a.SecretKey, securityToken: a.SecurityToken}
			return key, time.Now().Add(cloudsKeyLifetime), nil
		}
		return i.login(ctx, a.Endpoint, &a.Login)
	}
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
		switch a, err := clouds.Read(p); {
		case errors.Is(err, clouds.ErrNotFound):
			warnings = append(warnings, c.ProjectWarning(i, "cloud_name", err.Error()))
		case err != nil:
			wrong = append(wrong, c.CloudNameError(p.Name, err))
		default:
			for _, clause := range a.Warnings {
				warnings = append(warnings, c.ProjectWarning(i, "cloud_name", fmt.Sprintf("entry %q of clouds.yaml: %s", p.CloudName, clause)))
			}
		}
	}
	return warnings, errors.Join(wrong...)
}
