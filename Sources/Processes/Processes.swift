func p() {}
