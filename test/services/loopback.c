/* Preloaded into programs that cannot be told where to listen: whoever would bind every address gets the loopback alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

typedef int bind_function(int, const struct sockaddr *, socklen_t);

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  bind_function *next = (bind_function *)dlsym(RTLD_NEXT, "bind");
  if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in v4;
    memcpy(&v4, address, sizeof v4);
    if (v4.sin_addr.s_addr == htonl(INADDR_ANY)) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return next(fd, (struct sockaddr *)&v4, sizeof v4);
  }
  if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    /* ::ffff:127.0.0.1 also serves a socket that talks IPv4 through IPv6. */
    if (IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) {
      static const unsigned char mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};
      memcpy(&v6.sin6_addr, mapped, sizeof mapped);
    }
    return next(fd, (struct sockaddr *)&v6, sizeof v6);
  }
  return next(fd, address, length);
}
