/**
 * The icons of the app. All have the same stroke. Screen readers skip them, because a text or a label is always beside
 * them.
 */
import { paths } from './icons.build.ts';

const icon =
  (path: string) =>
  ({ size = 18 }: { size?: number }) => (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.9"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={path} />
    </svg>
  );

export const JobsIcon = icon(paths.jobs);
export const RunsIcon = icon(paths.runs);
export const OverviewIcon = icon(paths.overview);
export const AudienceIcon = icon(paths.audience);
export const KeyIcon = icon(paths.key);
export const PeopleIcon = icon(paths.people);
export const TokenIcon = icon(paths.token);
export const LogIcon = icon(paths.log);
export const SettingsIcon = icon(paths.settings);
export const PlusIcon = icon(paths.plus);
export const DoneIcon = icon(paths.done);
export const CopyIcon = icon(paths.copy);
export const MoreIcon = icon(paths.more);
export const WarningIcon = icon(paths.warning);
export const SunIcon = icon(paths.sun);
export const MoonIcon = icon(paths.moon);
export const GlobeIcon = icon(paths.globe);
export const BackIcon = icon(paths.back);
export const SuppressionIcon = icon(paths.suppression);
export const BellIcon = icon(paths.bell);
