/** Which addresses are inside: all but those of the public internet, in whichever notation. */
import ipaddr from 'ipaddr.js';

/** @param address an IP address @returns true for what is not one, too */
export function isInternal(address: string): boolean {
  if (!ipaddr.isValid(address)) return true;
  const parsed = plainAddress(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.range() !== 'unicast';
  return parsed.range() !== 'unicast' || !parsed.match(GLOBAL);
}

/** @param cidr e.g. `10.0.0.0/8` */
export function isWithin(address: string, cidr: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = plainAddress(address);
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}

/** The IPv4 address that an IPv6 one stands for, where it does: mapped, or by NAT64. */
function plainAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  const parsed = ipaddr.process(address);
  // What a network without IPv4 calls an IPv4 address (NAT64, RFC 6052): it holds the whole of it.
  return parsed instanceof ipaddr.IPv6 && parsed.match(NAT64)
    ? new ipaddr.IPv4(parsed.toByteArray().slice(-4))
    : parsed;
}

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** All that has been given to the public internet: `::7f00:1` and its like lie outside. */
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');
