"""Everything that is kept, and the words for it. The only package that speaks SQL."""
