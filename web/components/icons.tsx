/**
 * The icons of the app, named by their meaning. All have the same stroke. Screen readers skip them, because a text or a label is
 * always beside them. Each icon is imported by its own path, because the package contains thousands.
 */
import type { Icon as TablerIcon } from '@tabler/icons-react';
import Adjustments from '@tabler/icons-react/icons/IconAdjustmentsHorizontal';
import Triangle from '@tabler/icons-react/icons/IconAlertTriangle';
import Bell from '@tabler/icons-react/icons/IconBell';
import Check from '@tabler/icons-react/icons/IconCheck';
import ChevronLeft from '@tabler/icons-react/icons/IconChevronLeft';
import Code from '@tabler/icons-react/icons/IconCode';
import Dots from '@tabler/icons-react/icons/IconDots';
import FileText from '@tabler/icons-react/icons/IconFileText';
import History from '@tabler/icons-react/icons/IconHistory';
import Key from '@tabler/icons-react/icons/IconKey';
import Moon from '@tabler/icons-react/icons/IconMoon';
import Playlist from '@tabler/icons-react/icons/IconPlaylist';
import Plus from '@tabler/icons-react/icons/IconPlus';
import Sun from '@tabler/icons-react/icons/IconSun';
import User from '@tabler/icons-react/icons/IconUser';
import Users from '@tabler/icons-react/icons/IconUsers';
import World from '@tabler/icons-react/icons/IconWorld';

const icon =
  (Icon: TablerIcon) =>
  ({ size = 18 }: { size?: number }) => <Icon aria-hidden="true" size={size} stroke={1.9} />;

export const JobsIcon = icon(Playlist);
export const RunsIcon = icon(History);
export const AudienceIcon = icon(Users);
export const KeyIcon = icon(Key);
export const PeopleIcon = icon(User);
export const TokenIcon = icon(Code);
export const LogIcon = icon(FileText);
export const SettingsIcon = icon(Adjustments);
export const PlusIcon = icon(Plus);
export const DoneIcon = icon(Check);
export const MoreIcon = icon(Dots);
export const WarningIcon = icon(Triangle);
export const SunIcon = icon(Sun);
export const MoonIcon = icon(Moon);
export const GlobeIcon = icon(World);
export const BackIcon = icon(ChevronLeft);
export const BellIcon = icon(Bell);
