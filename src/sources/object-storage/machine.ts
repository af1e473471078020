import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

/** The operator decides whether authorizations may use the credentials of the machine. */
export const machineRefused = (): LineupError =>
  new LineupError(
    'invalid_configuration',
    sentence`This installation does not allow authorizations with the credentials of its machine. Enter a key, or ask the operator to set LINEUP_MACHINE_CREDENTIALS=true.`,
  );
