// Lists and hold-outs compare an identifier that is sent unchanged with the same one as a hash. Without them, it is not
// hashed at all.

/** Whether the hash of an identifier represents it also when it is sent unchanged. */
let byHash: bool = false;

export function compareHashes(wanted: bool): void {
  byHash = byHash || wanted;
}

@inline
export function comparesHashes(): bool {
  return byHash;
}
