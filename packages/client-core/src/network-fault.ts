/** What broken connections mean. */

/** What broke a connection. */
export interface NetworkFault {
  /** The end of a sentence: one of `networkWords`. */
  words: string;
  /** The system's code of the fault. */
  code: string;
  /** Whether the request was certainly not sent, because there was no connection. */
  neverSent: boolean;
  /** Whether the next attempt would fail in the same way. */
  permanent: boolean;
  /** The error that tells the most. Fetch wraps it in a mere "fetch failed". */
  cause: unknown;
}

/** What the codes of broken connections mean. */
export const networkWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no network',
  UND_ERR_CONNECT_TIMEOUT: 'the host did not accept the connection in time',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed during sending',
  UND_ERR_SOCKET: 'the connection was closed before an answer came',
  UND_ERR_HEADERS_TIMEOUT: 'there was no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half-way',
  // Not codes of the system, but for faults without a code, or with many.
  BAD_PORT: 'fetch does not allow this port',
  CERTIFICATE: 'its certificate is not trusted',
  OTHER: 'the connection failed',
};

const describe = (code: string): string => networkWords[code] ?? networkWords.OTHER!;

/** Codes of faults before a connection exists, for errors that do not name the system call. */
const connectCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
/** Node's codes for certificates that it does not trust. They occur in the handshake, before any request. */
const certificate = /^CERT_|^(DEPTH_ZERO_)?SELF_SIGNED_|^UNABLE_TO_(GET|VERIFY|DECRYPT)_|^ERR_TLS_CERT_/;

/** What a rejected `fetch`, or a rejected read of its body, means. Pure. */
export function classifyNetworkFault(error: unknown): NetworkFault {
  const cause = deepest(error);
  const { code, syscall, message } = partsOf(cause);

  // Fetch refuses some ports, such as 6000, without a code (Fetch standard, "port blocking").
  if (code === undefined && message === 'bad port') {
    return { words: describe('BAD_PORT'), code: message, neverSent: true, permanent: true, cause };
  }
  if (code !== undefined && certificate.test(code)) {
    return { words: describe('CERTIFICATE'), code, neverSent: true, permanent: true, cause };
  }
  const neverSent =
    syscall === 'connect' || syscall === 'getaddrinfo' || (code !== undefined && connectCodes.has(code));
  const name = code ?? (cause instanceof Error ? cause.name : 'unknown');
  return { words: describe(name), code: name, neverSent, permanent: false, cause };
}

/** What broke the connection of a call that failed with `connection_failed`. */
export const networkFaultOf = (error: Error): NetworkFault => classifyNetworkFault(error.cause);

/** The last error in the chain of causes. When several addresses failed, the error of the first one. */
function deepest(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 8; depth += 1) {
    const inner = current instanceof AggregateError ? current.errors[0] : (current as Error | null)?.cause;
    if (!(inner instanceof Error)) break;
    current = inner;
  }
  return current;
}

function partsOf(error: unknown): { code?: string; syscall?: string; message?: string } {
  if (typeof error !== 'object' || error === null) return {};
  const { code, syscall, message } = error as { code?: unknown; syscall?: unknown; message?: unknown };
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof syscall === 'string' && { syscall }),
    ...(typeof message === 'string' && { message }),
  };
}
