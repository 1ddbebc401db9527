"""One well-known event as the two frames that travel, by hand: nothing here was encoded by our code."""
META = bytes.fromhex("0341d65a0bc0100000" + "057765622d31" + "00" * 58 +
                     "0a" + "726571756573742e6462" + "00" * 53)
BODY = bytes.fromhex(
    "87a26964da00203539363832663030" + "30" * 24 + "a474797065aa726571756573742e6462"
    "a4686f7374a57765622d31a3706964cd1092a57374617274cb41d65a0bc0000000a3656e64cb41d65a0bc0100000"
    "a4626f647981a57175657279a853454c4543542031")
