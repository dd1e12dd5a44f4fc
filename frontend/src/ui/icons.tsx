import type { ReactNode } from "react";

function Icon({ children, size = 16 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const icons = {
  add: (
    <Icon>
      <path d="M8 3v10M3 8h10" />
    </Icon>
  ),
  remove: (
    <Icon>
      <path d="m4 4 8 8M12 4l-8 8" />
    </Icon>
  ),
  check: (
    <Icon>
      <path d="m3.5 8.5 3 3 6-7" />
    </Icon>
  ),
  up: (
    <Icon>
      <path d="m4 10 4-4 4 4" />
    </Icon>
  ),
  down: (
    <Icon>
      <path d="m4 6 4 4 4-4" />
    </Icon>
  ),
  copy: (
    <Icon>
      <rect x="5.5" y="5.5" width="7.5" height="7.5" rx="1.5" />
      <path d="M3 10V4.5A1.5 1.5 0 0 1 4.5 3H10" />
    </Icon>
  ),
  undo: (
    <Icon>
      <path d="M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6" />
    </Icon>
  ),
  redo: (
    <Icon>
      <path d="m10 3 3 3-3 3M13 6H6.5a3.5 3.5 0 0 0 0 7H10" />
    </Icon>
  ),
  sun: (
    <Icon>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7" />
    </Icon>
  ),
  moon: (
    <Icon>
      <path d="M13.2 9.8A5.6 5.6 0 0 1 6.2 2.8a5.6 5.6 0 1 0 7 7Z" />
    </Icon>
  ),
  search: (
    <Icon>
      <circle cx="7" cy="7" r="4" />
      <path d="m10 10 3.5 3.5" />
    </Icon>
  ),
  pause: (
    <Icon>
      <path d="M4.5 3h2.5v10H4.5zM9 3h2.5v10H9z" fill="currentColor" stroke="none" />
    </Icon>
  ),
  play: (
    <Icon>
      <path d="M4.5 3v10l8-5z" fill="currentColor" stroke="none" />
    </Icon>
  ),
};
