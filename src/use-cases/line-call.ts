import { explainLineFailure } from '../export/line-failure.ts';

/** LINE's refusals as `LineupError`, with its own reason. */
export async function lineCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainLineFailure(error);
  }
}
