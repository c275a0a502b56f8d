// What RavineZeroMQ needs from C: libzmq itself, and the Linux calls that Swift's Glibc module does not export.
#ifndef RAVINE_CZEROMQ_SHIM_H
#define RAVINE_CZEROMQ_SHIM_H

#include <poll.h>
#include <sys/eventfd.h>
#include <zmq.h>

// zmq.h shows this option with the drafts only; the library has had it since 4.3.0, drafts or not.
enum { RAVINE_ZAP_ENFORCE_DOMAIN = 93 };

#endif
