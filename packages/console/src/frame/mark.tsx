/** The sluice: two posts, a gate between them, and the water under it. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path className="posts" d="M4 2v20M20 2v20" />
      <path className="gate" d="M7.500 2h9v10h-9z" />
      <path
        className="water"
        d="M7.500 16.500c1.500-1.300 3-1.300 4.500 0s3 1.300 4.500 0M7.500 20.500c1.500-1.300 3-1.300 4.500 0s3 1.300 4.500 0"
      />
    </svg>
  );
}
