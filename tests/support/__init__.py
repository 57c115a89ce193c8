"""What the tests share: requests, servers, learners, lessons, and how they are run."""
