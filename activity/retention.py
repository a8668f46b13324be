"""How long the log is kept, and what members and customers are told."""

KEPT_DAYS = 400
FEWEST_DAYS = 180  # 网络安全法 art. 21; the function that removes lines keeps it as well
FEWEST_DAYS_OF_NOTICES = 30  # some name a time that long to answer
