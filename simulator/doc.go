// Package simulator is a cloud in a process: an [http.Handler] that plays the
// identity service (IAM, Keystone v3), the job APIs of many services (see [APIs]),
// the firewalls of CFW, and the metadata service of a server, as Huawei Cloud and
// Open Telekom Cloud document them.
//
// It is an independent counterpart: it shares no code with the client that is
// tested against it. It checks every token and every signature, counts what is
// asked of it, and breaks on demand (see [Fault]).
//
// All services are at one address. A client names the one that it calls by the path
// (http://127.0.0.1:PORT/rds/v3/…) or by the host (https://rds.example/v3/…).
//
// A job has a plan, and its status is a function of that plan and of the time.
// Nothing runs in the background, so a cloud works the same on a loopback port
// ([Cloud.Listen]) and in a bubble of testing/synctest ([Transport]). In a
// bubble, create the cloud inside it and close it before the bubble ends.
package simulator
