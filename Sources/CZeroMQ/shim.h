// What RavineZeroMQ needs from C: libzmq itself, and the Linux calls that Swift's Glibc module does not export.
#ifndef RAVINE_CZEROMQ_SHIM_H
#define RAVINE_CZEROMQ_SHIM_H

#include <poll.h>
#include <sys/eventfd.h>
#include <zmq.h>

#endif
