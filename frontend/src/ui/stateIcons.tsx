import type { ReactNode } from "react";

function Picture({ children }: { children: ReactNode }) {
  return (
    <svg
      width={22}
      height={22}
      viewBox="0 0 22 22"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** Pictures of states. */
export const stateIcons = {
  failed: (
    <Picture>
      <path d="M11 3 20 19H2Z" />
      <path d="M11 9v4.5M11 16.3v.2" />
    </Picture>
  ),
  cancelled: (
    <Picture>
      <circle cx="11" cy="11" r="8" />
      <path d="m8 8 6 6M14 8l-6 6" />
    </Picture>
  ),
  deleted: (
    <Picture>
      <path d="M4 6h14M9 6V3.5h4V6M6 6l.8 12.5h8.4L16 6M9.5 9.5v5.5M12.5 9.5v5.5" />
    </Picture>
  ),
  empty: (
    <Picture>
      <path d="M3 4v14h16" />
      <path d="M6.5 14.5c3-1 4-6 11-7" strokeDasharray="2.5 3" />
    </Picture>
  ),
  unreadable: (
    <Picture>
      <path d="M5 2.5h8l4 4v13H5Z" />
      <path d="M9.2 9.500a2 2 0 1 1 2.6 2c-.6.3-.8.7-.8 1.5M11 16v.2" />
    </Picture>
  ),
} as const;
