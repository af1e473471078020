/** The few icons that there are: strokes on a grid of 20, always beside a word or a label. */
import type { ReactNode } from 'react';

interface IconProps {
  readonly size?: number;
}

function Strokes({ size = 18, children }: IconProps & { children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

export const JobsIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M3 6h9M3 10h6M3 14h9M14 8l3 2-3 2z" />
  </Strokes>
);
export const RunsIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M10 17a7 7 0 1 0-6.700-5M3 8.500l.3 3.500 3.400-.6M10 6v4.200l2.800 1.600" />
  </Strokes>
);
export const AudienceIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M7.5 9.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM2.5 16c.4-2.6 2.400-4 5-4s4.600 1.400 5 4M13 4.300a2.600 2.600 0 0 1 0 5M14.800 12.300c1.500.5 2.500 1.800 2.700 3.700" />
  </Strokes>
);
export const KeyIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M7 13a3.5 3.5 0 1 0 0-.1zM9.500 10.500 16.500 3.500M13.500 6.500l2.500 2.500" />
  </Strokes>
);
export const PeopleIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M10 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c.5-3.500 3-5 6-5s5.500 1.500 6 5" />
  </Strokes>
);
export const TokenIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="m7 6-4 4 4 4M13 6l4 4-4 4M11.500 4l-3 12" />
  </Strokes>
);
export const LogIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M5 2.500h10v15H5zM8 6.500h4M8 10h4M8 13.500h2.500" />
  </Strokes>
);
export const SettingsIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M3 6h6M13 6h4M3 14h3M10 14h7M11 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z" />
  </Strokes>
);
export const PlusIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M10 4v12M4 10h12" />
  </Strokes>
);
export const DoneIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M4.5 10.5l4 4 7-8.5" />
  </Strokes>
);

export const MoreIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M4.500 10h.01M10 10h.01M15.500 10h.01" strokeWidth="2.600" />
  </Strokes>
);
export const WarningIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M10 3 2.500 16.500h15zM10 8v4M10 14.300v.1" />
  </Strokes>
);
export const SunIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1 1M14.700 14.700l1 1M4.300 15.700l1-1M14.700 5.300l1-1" />
  </Strokes>
);
export const MoonIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M16.500 12A7 7 0 0 1 8 3.500a7 7 0 1 0 8.500 8.500z" />
  </Strokes>
);
export const GlobeIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M10 17.500a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15zM2.500 10h15M10 2.500c2.700 2.500 2.700 12.500 0 15M10 2.500c-2.700 2.500-2.700 12.500 0 15" />
  </Strokes>
);
export const BackIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M12 4l-6 6 6 6" />
  </Strokes>
);

export const BellIcon = (props: IconProps) => (
  <Strokes {...props}>
    <path d="M5 13.500V9a5 5 0 0 1 10 0v4.500l1.500 1.500h-13zM8.500 17.500h3" />
  </Strokes>
);
