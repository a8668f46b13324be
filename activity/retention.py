"""How long the log is kept."""

KEPT_DAYS = 400
FEWEST_DAYS = 180  # 网络安全法 art. 21; the function that removes lines keeps it as well
