import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { type NetworkGuard, networkGuard } from '../network/guard.ts';

/** @param allowed hosts inside the network that an administrator lets notifications go to */
export const notificationGuard = (allowed: readonly string[]): NetworkGuard =>
  networkGuard({
    allowed,
    refusal: (host) =>
      new LineupError(
        'not_permitted',
        sentence`${host} is inside this network. Notifications go there only when an administrator has allowed it in the settings.`,
      ),
  });
