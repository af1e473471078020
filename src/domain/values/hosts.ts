/** Hosts and ports of URLs. Without Zod, so that the command line starts fast. */

/** Whether a host is this machine, by its name or address. IPv6 may be in brackets, as in a URL. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

/** The port of a URL, or the default port of its scheme. */
export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
